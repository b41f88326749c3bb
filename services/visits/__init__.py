"""Visits and patrols: logged from a tablet, and how long each grid has waited for one."""
