"""Where inputs come from: Modbus, MQTT and files; what the wire proves is decided here."""
