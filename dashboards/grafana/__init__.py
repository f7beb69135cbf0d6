"""Grafana: data source, dashboards and dead-man alerts made from the plans."""
