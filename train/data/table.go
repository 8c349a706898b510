package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"anila/internal/files"
)

// Tables of numbers: CSV and TSV, with a line of names before them or without. The separator is the one of comma, semicolon and
// tab that the first line has most of.

// maxColumns is the most columns of a table.
const maxColumns = 1 << 16

// missingWords are how tables write that a value is missing.
var missingWords = []string{"", "na", "n/a", "nan", "null", "none", "?", "inf", "-inf", "+inf"}

// openTable reads a table as vectors of its columns, but those that Options.Label and Options.Drop name.
func openTable(path string, o Options) (*ArraySet, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeTable(path, f, size, o)
}

// table is a table that is being read.
type table struct {
	path    string
	r       *csv.Reader
	o       Options
	names   []string // of all columns; numbers where the file has no names
	named   bool     // whether it has
	columns []int    // that are numbers of an item, in their order
	label   int      // column of the labels; −1 without
	words   []string // labels that are no numbers, by row
	dropped int
	set     *ArraySet
	values  []float32
}

func decodeTable(path string, in io.Reader, size int64, o Options) (*ArraySet, error) {
	b := bufio.NewReaderSize(in, 1<<16)
	head, _ := b.Peek(1 << 15)
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		b.Discard(3)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, files.Errorf(path, int64(bytes.IndexByte(head, 0)), "is no text: a table of numbers is expected")
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	t := &table{path: path, o: o, r: csv.NewReader(b), label: -1, set: &ArraySet{name: path, h: 1, w: 1}}
	t.r.ReuseRecord, t.r.TrimLeadingSpace, t.r.Comment = true, true, '#'
	t.r.Comma = separator(first)
	for line := 0; ; line++ {
		record, err := t.r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, files.Errorf(path, t.r.InputOffset(), "%v", err)
		}
		if line == 0 {
			isNames, err := t.begin(record)
			if err != nil {
				return nil, err
			}
			if isNames {
				continue
			}
		}
		if err := t.add(record); err != nil {
			return nil, err
		}
	}
	return t.finish()
}

// separator is the one of comma, tab and semicolon that a line has most of outside of quotes.
func separator(line []byte) rune {
	count := map[rune]int{}
	quoted := false
	for _, c := range string(line) {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			count[c]++
		}
	}
	best := ','
	for _, c := range []rune{'\t', ';'} {
		if count[c] > 0 && count[c] >= count[best] {
			best = c
		}
	}
	return best
}

// begin chooses the columns by the first line, and tells whether that is their names.
func (t *table) begin(record []string) (bool, error) {
	if len(record) > maxColumns {
		return false, files.Errorf(t.path, 0, "%d columns; at most %d are read", len(record), maxColumns)
	}
	t.named = slices.ContainsFunc(record, func(s string) bool { return !isNumber(s) && !isMissing(s) }) &&
		!slices.ContainsFunc(record, isNumber)
	for i, name := range record {
		if t.named {
			t.names = append(t.names, strings.Clone(strings.TrimSpace(name)))
		} else {
			t.names = append(t.names, strconv.Itoa(i))
		}
	}
	find := func(name string) (int, error) {
		if i := slices.Index(t.names, name); i >= 0 {
			return i, nil
		}
		return -1, files.Errorf(t.path, 0, "has no column %q; it has %s", name, listed(t.names))
	}
	out := map[int]bool{}
	var err error
	if t.o.Label != "" {
		// A table that is scored may have no labels.
		if t.label, err = find(t.o.Label); err != nil && t.o.Columns == nil {
			return false, err
		}
		out[t.label] = true
	}
	for _, name := range t.o.Drop {
		i, err := find(name)
		if err != nil && t.o.Columns == nil {
			return false, err
		}
		out[i] = true
	}
	if t.o.Columns != nil && t.named {
		for _, name := range t.o.Columns {
			i, err := find(name)
			if err != nil {
				return false, err
			}
			t.columns = append(t.columns, i)
		}
	} else {
		for i := range t.names {
			if !out[i] {
				t.columns = append(t.columns, i)
			}
		}
	}
	if len(t.columns) == 0 {
		return false, files.Errorf(t.path, 0, "no column is left to train on")
	}
	if t.o.Columns != nil && len(t.columns) != len(t.o.Columns) {
		return false, files.Errorf(t.path, 0, "%d columns of numbers where the model was trained on %d (%s)", len(t.columns), len(t.o.Columns), listed(t.o.Columns))
	}
	t.set.c = len(t.columns)
	for _, i := range t.columns {
		t.set.Columns = append(t.set.Columns, t.names[i])
	}
	return t.named, nil
}

// listed writes some names.
func listed(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

func isNumber(s string) bool {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 32)
	return err == nil && v-v == 0
}

func isMissing(s string) bool {
	return slices.Contains(missingWords, strings.ToLower(strings.TrimSpace(s)))
}

// add takes a line of values.
func (t *table) add(record []string) error {
	row := t.set.n
	t.set.n++
	start := len(t.values)
	for _, i := range t.columns {
		text := strings.TrimSpace(record[i])
		v, err := strconv.ParseFloat(text, 32)
		if err == nil && v-v == 0 {
			t.values = append(t.values, float32(v))
			continue
		}
		line, _ := t.r.FieldPos(i)
		at := fmt.Sprintf("line %d, column %q", line, t.names[i])
		switch {
		case !isMissing(text) && t.named:
			return files.Errorf(t.path, t.r.InputOffset(), "%s: %.40q is no number (data.label = %q makes the column the items' label, data.drop = [%q] leaves it out)",
				at, text, t.names[i], t.names[i])
		case !isMissing(text):
			return files.Errorf(t.path, t.r.InputOffset(), "%s: %.40q is no number", at, text)
		case t.o.Missing != "drop":
			return files.Errorf(t.path, t.r.InputOffset(), "%s: a value is missing (data.missing = \"drop\" leaves such rows out)", at)
		}
		t.values = t.values[:start]
		t.dropped++
		break
	}
	if len(t.values) > start {
		t.set.kept = append(t.set.kept, row)
		if t.label >= 0 {
			t.words = append(t.words, strings.Clone(strings.TrimSpace(record[t.label])))
		}
	}
	return nil
}

// finish makes the set.
func (t *table) finish() (*ArraySet, error) {
	s := t.set
	if len(t.values) == 0 {
		return nil, files.Errorf(t.path, -1, "no rows of numbers (%d were left out, as values are missing)", t.dropped)
	}
	if t.dropped > 0 {
		s.Warning = fmt.Sprintf("%s: %d of %d rows lack values and are left out", t.path, t.dropped, s.n)
	}
	s.source = packed{t.values, s.kept}
	if t.dropped == 0 {
		s.source, s.kept = memory(t.values), nil
	}
	if t.label >= 0 {
		s.labelWords(t.words)
	}
	return s, nil
}

// packed are kept rows, one after the other, that are asked for by where they lay.
type packed struct {
	values []float32
	kept   []int
}

func (p packed) row(dst []float32, i int) error {
	at, _ := slices.BinarySearch(p.kept, i)
	copy(dst, p.values[at*len(dst):])
	return nil
}

// labelWords makes the labels of the items: numbers 0 … 65535 as they are, else the places of the words in their order.
func (s *ArraySet) labelWords(words []string) {
	numbers := make([]int, len(words))
	numeric := true
	for i, w := range words {
		v, err := strconv.ParseFloat(w, 64)
		numeric = numeric && err == nil && v == math.Trunc(v) && v >= 0 && v < 1<<16
		numbers[i] = int(v)
	}
	if !numeric {
		s.classes = slices.Compact(slices.Sorted(slices.Values(words)))
		if len(s.classes) > 1<<16 {
			s.classes = nil
			return // not classes: every row has its own
		}
	}
	s.labels = make([]uint16, s.n)
	for i, w := range words {
		if !numeric {
			numbers[i], _ = slices.BinarySearch(s.classes, w)
		}
		s.labels[s.Row(i)] = uint16(numbers[i])
	}
}

// WriteTable writes rows [n, c] as CSV, or as TSV where the path ends so, under a line of names where there are any.
func WriteTable(path string, names []string, rows []float32, c int) error {
	return files.Write(path, func(out io.Writer) error {
		w := csv.NewWriter(out)
		if strings.HasSuffix(strings.ToLower(path), ".tsv") {
			w.Comma = '\t'
		}
		if len(names) == c {
			w.Write(names) // Error reports a failure
		}
		record := make([]string, c)
		for i := 0; i < len(rows); i += c {
			for j, v := range rows[i : i+c] {
				record[j] = strconv.FormatFloat(float64(v), 'g', -1, 32)
			}
			w.Write(record)
		}
		w.Flush()
		return w.Error()
	})
}
