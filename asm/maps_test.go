package asm_test

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

var rooms = []string{"vec", "reduce", "chain", "gemm", "cooktoom"}

func TestScan(t *testing.T) {
	n, m := 0, 0
	for _, arch := range []string{"amd64", "arm64"} {
		for _, room := range rooms {
			for _, k := range assemble(t, room, arch) {
				used := map[string]bool{}
				for _, i := range k.instructions {
					for _, r := range i.registers(arch) {
						used[r] = true
					}
				}
				named := map[string]bool{}
				for _, r := range registersIn(ranges(k.comment), arch) {
					named[r] = true
				}
				var stale, missing []string
				for r := range named {
					if !used[r] {
						stale = append(stale, r)
					}
				}
				for r := range used {
					if !named[r] {
						missing = append(missing, r)
					}
				}
				sort.Strings(stale)
				sort.Strings(missing)
				n += len(stale)
				if len(missing) > 0 {
					m++
				}
				fmt.Println(room, k.file, k.line, k.name, "stale", strings.Join(stale, ","), "missing", strings.Join(missing, ","))
			}
		}
	}
	fmt.Println(n, m)
}

var rangeOf = regexp.MustCompile(`\b([XYZVRK])(\d+)(?:…|–)[XYZVRK]?(\d+)`)

func ranges(s string) string {
	return rangeOf.ReplaceAllStringFunc(s, func(x string) string {
		m := rangeOf.FindStringSubmatch(x)
		from, _ := strconv.Atoi(m[2])
		to, _ := strconv.Atoi(m[3])
		var all []string
		for i := from; i <= to; i++ {
			all = append(all, m[1]+strconv.Itoa(i))
		}
		return strings.Join(all, " ")
	})
}
