# What takes longer than tests may. Set up first with ./test
.PHONY: faults mutants soak bench reconnects

# Plants reliability bugs one at a time and checks that the tests notice each.
mutants:
	.venv/bin/python scripts/mutants.py

# Lets a whole hub work for an hour and looks whether anything grows: make soak SECONDS=600 STORE=--postgres
# PRELOAD=libjemalloc.so.2 gives hub and console another allocator, with the MALLOC_CONF of the
# environment (docs/decisions/0044)
soak:
	.venv/bin/python benchmarks/soak.py $(or $(FOLDER),/tmp/hub-soak-$(shell date +%Y%m%d-%H%M%S)) \
		--seconds $(or $(SECONDS),3600) --rate $(or $(RATE),100) $(STORE) \
		$(if $(PRELOAD),--preload $(PRELOAD))

# Runs every benchmark at full size and compares with benchmarks/goals.toml; make bench ONLY=sftp for one.
bench:
	.venv/bin/python benchmarks/ratios.py $(ONLY)

# Cuts connections to a broker and an SFTP server again and again: nothing may be left behind.
reconnects:
	HUB_RECONNECTS=$(or $(ROUNDS),1000) .venv/bin/python -m pytest -q \
		tests/messages/test_reconnecting.py tests/adapters/test_sftp_reconnecting.py

# Breaks broker, databases, SFTP, disks, clocks and processes, heals them, and checks that nothing is lost
# or done twice (docs/reliability.md): make faults SEED=7 ROUNDS=20 FAULT=broker STORE=postgres
faults:
	.venv/bin/python -m tests.proof.net --seed $(or $(SEED),1) --rounds $(or $(ROUNDS),10) \
		--fault $(or $(FAULT),all) --store $(or $(STORE),sqlite)

# A restore drill: back up, pay on, lose everything, restore, reconcile; PENSIONS payments.
.PHONY: restore-drill
PENSIONS ?= 200
restore-drill:
	rm -rf /tmp/hub-restore-drill
	.venv/bin/python scripts/restore_drill.py /tmp/hub-restore-drill $(PENSIONS)

# Lives through business as hypothesis thinks it up, with crashes, losses and repeats, from a seed:
# make simulation STEPS=1_000_000 SEED=7 MACHINE=transfers
.PHONY: simulation
simulation:
	.venv/bin/python -m tests.simulation.run $(or $(MACHINE),payouts) $(or $(STEPS),10_000) $(or $(SEED),1)

# How many small changes of the domain core its tests notice: make mutation MODULES="money voucher"
.PHONY: mutation
mutation:
	.venv/bin/python scripts/mutation.py $(MODULES)

# Kills a hub in a month of business at fault points, by seed, and holds the end against the banks' own
# bytes (docs/reliability.md): make crash SEED=7 KILLS=1000 STORE=postgresql; ARGS=--enumerate for every point.
.PHONY: crash
crash:
	.venv/bin/python -m tests.proof.crash --seed $(or $(SEED),1) --kills $(or $(KILLS),100) \
		--store $(or $(STORE),sqlite) $(ARGS)

# Damages everything that comes from outside, in processes with limits; what breaks is kept in
# tests/fuzz/corpus (docs/reliability.md): make fuzz TARGET=camt,mt940 INPUTS=1000 SEED=7 SECONDS_EACH=60
.PHONY: fuzz
fuzz:
	.venv/bin/python -m tests.fuzz --target $(or $(TARGET),all) --inputs $(or $(INPUTS),100_000) \
		--seed $(or $(SEED),1) $(if $(SECONDS_EACH),--seconds $(SECONDS_EACH))

# Changes one thing at a time behind the hub's back; `hub verify` must tell what it proves.
.PHONY: tamper
tamper:
	.venv/bin/python -m tests.proof.tamper --count $(or $(COUNT),1000) --seed $(or $(SEED),1)
