{% set dt = modules.datetime.datetime.strptime('2024-02-29 13:14:15', '%Y-%m-%d %H:%M:%S') %}
-- {{ dt }} {{ dt + modules.datetime.timedelta(days=1, hours=2) }} {{ dt.strftime('%d/%m/%y %j %A') }} {{ dt.isoformat() }} {{ dt.date() }} {{ modules.datetime.date(2024, 3, 1) - dt.date() }}
-- {{ modules.datetime.datetime(2024, 1, 1, 12, tzinfo=modules.pytz.utc).astimezone(modules.pytz.timezone('Europe/Berlin')) }}
-- {{ modules.pytz.timezone('America/New_York').localize(modules.datetime.datetime(2024, 7, 1, 9)) }}
-- {{ modules.datetime.timedelta(minutes=90) }} {{ modules.datetime.timedelta(weeks=1, milliseconds=5).total_seconds() }} {{ modules.datetime.datetime.fromisoformat('2024-01-02T03:04:05+02:00') }}
-- {{ modules.datetime.datetime.combine(modules.datetime.date(2024, 1, 2), modules.datetime.time(3, 4)) }} {{ run_started_at.tzinfo }} {{ modules.datetime.datetime.strptime('Mar 5 2024 1:02 PM', '%b %d %Y %I:%M %p') }}
select 1 as id
