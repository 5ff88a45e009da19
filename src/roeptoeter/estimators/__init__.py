"""Pure statistics: numbers and arrays in, estimates out; no municipality and no file is known here."""
