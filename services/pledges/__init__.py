"""Pledges of members: made, fulfilled, reviewed, shown by place and post."""
