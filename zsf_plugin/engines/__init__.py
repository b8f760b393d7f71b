"""Engines that hand out drains to processes on many machines (`ports.WorkEngine`). Safety is the
store's: an engine may lose, repeat or delay what it hands out. Only `wiring` imports one.
"""
