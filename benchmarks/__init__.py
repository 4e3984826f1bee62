"""Measurements of the project's parts. They print what they find; none of them passes or fails."""
