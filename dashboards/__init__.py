"""What people see: pages, API, reports, Grafana."""
