#!/usr/bin/env bash
# prices.sh makes prices_gen.go and prices.md from prices.txt.
set -euo pipefail

{
	printf '// Code generated from prices.txt. DO NOT EDIT.\n\npackage shop\n\nvar prices = map[string]int{\n'
	awk '{ printf "\t\"%s\": %d,\n", $1, $2 }' prices.txt
	printf '}\n'
} | gofmt >prices_gen.go
awk '{ printf "* %s: %.2f\n", $1, $2 / 100 }' prices.txt >prices.md
