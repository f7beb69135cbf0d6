"""How readings get home: the journal, the archive, and the copy in InfluxDB."""
