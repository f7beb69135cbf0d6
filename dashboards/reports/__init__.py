"""Reports: deviation report, daily record, workbook; PDF, JSON, XLSX."""
