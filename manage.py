"""邻格 Linge: the operator's command line. Every command is a thin layer over services; ``--help`` explains each.

Exit status: 0 done, 1 refused or nothing usable, 2 wrong options. Figures go to standard output (JSON with ``--json``),
progress and messages to standard error, in the language of LANG.
"""

import typer

from commands import areas, imports, indicators, installations, points, users
from commands.running import add_command
from commands.terminal import help_of

app = typer.Typer(help=help_of("help"), no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
add_command(app, "migrate", "migrate", installations.migrate, needs_database=False)
add_command(app, "import-areas", "import_areas", imports.import_areas)
add_command(app, "import-stations", "import_stations", imports.import_stations)
add_command(app, "import-volunteers", "import_volunteers", imports.import_volunteers)
add_command(app, "import-incidents", "import_incidents", imports.import_incidents)
add_command(app, "export-areas", "export_areas", areas.export_areas)
add_command(app, "check-areas", "check_areas", areas.check_areas)
add_command(app, "areas", "areas", areas.list_areas)
add_command(app, "area-changes", "area_changes", areas.list_area_changes)
add_command(app, "apply-area-changes", "apply_area_changes", areas.apply_area_changes)
# a longitude may begin with a minus
add_command(app, "locate", "locate", areas.locate, ignore_unknown_options=True)
add_command(app, "locate-file", "locate_file", areas.locate_file)
add_command(app, "backup", "backup", installations.backup)
add_command(app, "restore", "restore", installations.restore, needs_database=False)
add_command(app, "purge", "purge", installations.purge)
add_command(app, "verify", "verify", installations.verify, needs_database=False)
add_command(app, "import-dictionary", "dictionary_import", imports.import_dictionary)
add_command(app, "indicators", "indicators", indicators.print_indicators)
add_command(app, "assets", "assets", installations.assets, needs_database=False)
add_command(app, "demo", "demo", installations.build_demo, needs_database=False)

users_app = typer.Typer(help=help_of("users"), no_args_is_help=True)
app.add_typer(users_app, name="users")
add_command(users_app, "list", "users_list", users.list_users)
add_command(users_app, "add", "users_add", users.add_user)
add_command(users_app, "passwd", "users_passwd", users.change_password)
add_command(users_app, "disable", "users_disable", users.disable_user)
add_command(users_app, "enable", "users_enable", users.enable_user)

points_app = typer.Typer(help=help_of("points"), no_args_is_help=True)
app.add_typer(points_app, name="points")
add_command(points_app, "expire", "points_expire", points.expire_points)
add_command(points_app, "close-month", "points_close_month", points.close_month)
add_command(points_app, "settle", "points_settle", points.settle_points)

if __name__ == "__main__":
    app()
