"""Pure geometry: datums, metric figures, reading and writing files, topology, locating. No database, no screen."""
