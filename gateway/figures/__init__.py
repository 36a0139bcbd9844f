"""What do the exchanges amount to? Figures, counted from the record by a cursor (docs/reports.md)."""
