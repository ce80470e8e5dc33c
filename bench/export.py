#!/usr/bin/env python3
"""Exports beside their floor, psql's \\copy of the same rows in the same order. Reads and writes nothing but the loopback.

    bench/export.py --database URL --panel http://localhost:8080 --name admin --password WORD --pid PID [--rows 1000000] [--rounds 3]

The table is audit_log, which --rows fills up to that many rows (as the role of --database, so the owner). Each round takes
\\copy and every format once, in turn; wall times are the best of the rounds, memory is how far the server's resident set (VmRSS
of PID, looked at every 20 ms) rises above where it stood before the export."""
import argparse, http.client, os, subprocess, threading, time, urllib.parse

FLOOR = "psql's \\copy"
FILL = """
INSERT INTO audit_log (service, action, resource, resource_id, ip_address, user_agent, request_method, request_path, success, status_code,
                       additional_data, duration_ms, created_at)
SELECT 'web', (ARRAY['create','update','delete','sign_in'])[1 + i % 4], 'users', i, ('10.0.' || i % 250 || '.' || i % 199)::inet,
       'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'POST', '/users/' || i, i % 9 > 0, 303,
       jsonb_build_object('key', i::text, 'actor', 'person' || i % 1000, 'changes', jsonb_build_object('first_name', jsonb_build_array('Ada', 'Zoë "' || i || '"'))),
       i % 300, timestamptz '2026-01-01Z' + i * interval '7.123456 seconds'
FROM generate_series(1, {missing}) i"""


def psql(url, *args):
    env = {**os.environ, "PGOPTIONS": "-c search_path=unified,public -c timezone=UTC"}
    return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", url, *args], env=env, check=True, capture_output=True, text=True).stdout.strip()


def sign_in(panel, name, password):
    line = http.client.HTTPConnection(panel.netloc)
    line.request("POST", panel.path + "/login", urllib.parse.urlencode({"name": name, "password": password}),
                 {"Content-Type": "application/x-www-form-urlencoded", "Origin": panel.geturl()})
    answer = line.getresponse()
    assert answer.status == 303, f"sign-in answered {answer.status}"
    return answer.getheader("Set-Cookie").split(";")[0]


def resident(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


class Watch:
    """The highest resident set while it is open."""
    def __init__(self, pid): self.pid = pid
    def __enter__(self):
        self.before = self.peak = resident(self.pid)
        self.open = True
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self
    def look(self):
        while self.open:
            self.peak = max(self.peak, resident(self.pid))
            time.sleep(.02)
    def __exit__(self, *_):
        self.open = False
        self.thread.join()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("database", "panel", "name", "password", "pid"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--rounds", type=int, default=3)
    a = p.parse_args()
    panel = urllib.parse.urlsplit(a.panel)
    missing = a.rows - int(psql(a.database, "-c", "SELECT count(*) FROM audit_log"))
    if missing > 0:
        psql(a.database, "-c", FILL.format(missing=missing), "-c", "VACUUM ANALYZE audit_log")
    cookie = sign_in(panel, a.name, a.password)
    best, size, rise = {}, {}, {}
    for _ in range(a.rounds):
        began = time.monotonic()
        psql(a.database, "-c", "\\copy (SELECT * FROM audit_log ORDER BY id DESC) TO /dev/null CSV HEADER")
        took = time.monotonic() - began
        best[FLOOR] = min(best.get(FLOOR, took), took)
        for name, query in {"csv": "csv", "jsonl": "jsonl", "xlsx": "xlsx", "csv, labels": "csv&labels=1"}.items():
            with Watch(a.pid) as watch:
                began = time.monotonic()
                out = subprocess.run(["curl", "-sS", "-f", "-o", "/dev/null", "-w", "%{size_download}", "-H", "Cookie: " + cookie,
                                      f"{a.panel}/audit_log/export?format={query}"], check=True, capture_output=True, text=True).stdout
                took = time.monotonic() - began
            best[name], size[name] = min(best.get(name, took), took), int(out) / 1e6
            rise[name] = max(rise.get(name, 0), watch.peak - watch.before)
    print("| what | s | of \\copy | MB | server's memory rises by |\n|---|---|---|---|---|")
    for name, took in best.items():
        more = f"{size[name]:.0f} | {rise[name]:.1f} MB" if name in size else " | "
        print(f"| {name} | {took:.2f} | {took / best[FLOOR]:.2f} | {more} |")


main()
