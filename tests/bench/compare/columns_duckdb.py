"""The same six columns a queue by DuckDB, which reads the tables with all processors.

usage: python3 columns_duckdb.py FILE.csv[.gz] ...        (pip install duckdb)
"""

import json
import sys

import duckdb

COLUMNS = """
with calls as (
  select queue, exit,
         epoch(cast(answered_at as timestamp)) - epoch(cast(joined_at as timestamp)) as wait,
         epoch(cast(left_at as timestamp)) - epoch(cast(joined_at as timestamp)) as stayed,
         epoch(cast(ended_at as timestamp)) - epoch(cast(answered_at as timestamp)) as talk
  from read_csv(?, header = true, all_varchar = true)
)
select queue,
       count(*),
       count(*) filter (exit = 'answered'),
       count(*) filter (exit = 'abandoned' and stayed >= 5),
       avg(wait) filter (exit = 'answered'),
       count(*) filter (exit = 'answered' and wait <= 20) / nullif(count(*) filter (exit in ('answered', 'abandoned')), 0),
       avg(talk) filter (exit = 'answered')
from calls group by queue order by queue
"""
NAMES = ["offered", "answered", "abandoned", "asa_s", "service_level", "att_s"]

rows = duckdb.execute(COLUMNS, [sys.argv[1:]]).fetchall()
json.dump({row[0]: dict(zip(NAMES, row[1:])) for row in rows}, sys.stdout, indent=1)
