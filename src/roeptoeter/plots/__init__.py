"""The figures: one module a notebook, one function a figure, frames in, a matplotlib Figure out."""
