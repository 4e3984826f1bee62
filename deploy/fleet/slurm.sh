#!/bin/sh
# A fleet on a Slurm cluster: a scheduler and the conductor on the first node, a worker for each task.
#   sbatch --ntasks=16 deploy/fleet/slurm.sh reparse
#   sbatch --ntasks=4 deploy/fleet/slurm.sh backfill --since 2021-04-01 --until 2021-04-30
# KOMPAS_OUTPUT is a folder that every node sees under the same path, or s3://…; compute nodes that reach no Internet
# can reparse and cannot back-fill. KOMPAS_VENV is where the crawler is installed with the extra `fleet`.
#SBATCH --job-name=kompas
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
#SBATCH --time=24:00:00
# The job is told so long before its end: the conductor ends in good order, and the next job goes on where it was.
#SBATCH --signal=B:TERM@300
#SBATCH --requeue
set -eu

python=${KOMPAS_VENV:-$HOME/kompas-crawler/.venv}/bin/python
: "${KOMPAS_OUTPUT:?names the archive: a folder that every node sees, or s3://bucket/prefix}"
test $# -gt 0 || { echo "usage: sbatch deploy/fleet/slurm.sh reparse|backfill …" >&2; exit 2; }

place=$(mktemp -d "${SLURM_SUBMIT_DIR:-$PWD}/kompas-fleet.XXXXXX")
file=$place/scheduler.json
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$place"' EXIT

"$python" -m dask scheduler --no-dashboard --no-show --port 0 --scheduler-file "$file" &
# Units take one core and no second thread; a worker is lost with its node, and its unit is done by another.
srun --ntasks="${SLURM_NTASKS:-1}" "$python" -m dask worker --scheduler-file "$file" --nthreads 1 --no-nanny \
	--no-dashboard --memory-limit 0 --local-directory "${TMPDIR:-/tmp}" &

until test -s "$file"; do sleep 1; done
address=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["address"])' "$file")

command=$1
shift
"$python" -m kompas_crawler "$command" --scheduler "$address" "$@" &
conductor=$!
trap 'kill -INT $conductor' TERM
# A signal ends the waiting, not the conductor.
status=0
while kill -0 $conductor 2>/dev/null; do
	status=0
	wait $conductor || status=$?
done
exit $status
