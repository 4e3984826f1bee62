"""More than one machine: units of work done by a pool or a cluster, and the one lane that all crawls of a fleet share.

Knows how units are spread, followed, tried again and remembered, and how a back-fill is made of them. What a unit does
is its own business: none of them knows who runs it.
"""
