"""吹哨报到: calling departments, their answers, the figures."""
