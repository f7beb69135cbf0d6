"""Views: what pages, the API and exports show, read from the ledger and the archive. No HTML here."""
