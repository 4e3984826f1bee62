"""Scrapy sub-commands of the project; each module is the command of its name."""
