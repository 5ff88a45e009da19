"""What each notebook asks of the tables: one module a notebook, tables in, frames and estimates out."""
