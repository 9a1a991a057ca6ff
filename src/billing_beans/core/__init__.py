"""What every area stands on: money, calendar, identifiers, clock, errors, facts, tables, folds, checks."""
