source /work/w/P/gdb-rseq/gdb-rseq.py
set width 0
file /work/tmp/P/w-sum
break watch
run 8 3 2
set can-use-hw-watchpoints 0
watch logged
python import gdbrseq.watches as w; o=w.Watch.stops; w.Watch.stops=lambda s: (print("STOPS",s.breakpoint.ignore_count, gdb.parse_and_eval("entered")),o(s))[1]
continue
ignore 2 3
continue
info breakpoints
continue
