package roster_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/zoomusers/zoomusers/jobs/roster"
)

// sampleFile makes a plausible file: some quoted cells, accents, several
// groups, mixed case and stray spaces.
func sampleFile(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("Email,First Name,Last Name,Department,Manager,User Group,Job Title,Location\r\n")
	for i := range rows {
		switch i % 10 {
		case 3:
			fmt.Fprintf(&b, "Person.%d@Example.com,Zoé,Lefèvre,\"Research, Development\",boss@example.com,\"Lab; Training\",Ingénieure,Orléans\r\n", i)
		case 7:
			fmt.Fprintf(&b, "person.%d@example.com , Bob ,Ray,Sales,,Europe,\"Head of \"\"Big\"\" Deals\",\r\n", i)
		default:
			fmt.Fprintf(&b, "person.%d@example.com,Jane,Doe,Sales,boss@example.com,Europe,Account executive,Leeds\r\n", i)
		}
	}
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, rows := range []int{9999, 100_000} {
		data := sampleFile(rows)
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := roster.Read(data, roster.Options{MaxRows: rows, MaxBytes: 1 << 30})
				if err != nil || len(r.Rows) != rows {
					b.Fatalf("Read: %v", err)
				}
			}
		})
	}
}

// BenchmarkReadUpdate reads a file with every column that has a grammar.
func BenchmarkReadUpdate(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("Email,Phone Number,User Group,User Type,Large Meeting,Webinar,Language,Time Zone,Action,Custom: Badge\r\n")
	const rows = 9999
	for i := range rows {
		fmt.Fprintf(&file, "person.%d@example.com,+33 6 12 %02d %02d %02d,+Sales; -Ops,Licensed,500,No,French,europe/paris,Update,%d\r\n",
			i, i/10000, i/100%100, i%100, i)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := roster.Read(file.Bytes(), roster.Options{Required: []roster.Field{roster.Email}})
		if err != nil || len(r.Rows) != rows || len(r.Issues) != 0 {
			b.Fatalf("Read: %v", err)
		}
	}
}

// BenchmarkClean cleans what an account has, as a plan does for everybody.
func BenchmarkClean(b *testing.B) {
	for f, v := range map[roster.Field]string{
		roster.Department: "Sales", roster.UserType: "licensed", roster.Timezone: "Europe/Paris", roster.Language: "fr-FR",
		roster.PhoneNumber: "[Mobile] +33 612345678",
	} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				roster.Clean(f, v)
			}
		})
	}
}

// BenchmarkBareCSV is the yardstick: encoding/csv over the same bytes, keeping
// every record and checking nothing.
func BenchmarkBareCSV(b *testing.B) {
	for _, rows := range []int{9999, 100_000} {
		data := sampleFile(rows)
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r := csv.NewReader(bytes.NewReader(data))
				var kept [][]string
				for {
					record, err := r.Read()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					kept = append(kept, record)
				}
				if len(kept) != rows+1 {
					b.Fatalf("read %d records", len(kept))
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	r, err := roster.Read(sampleFile(9999), roster.Options{})
	if err != nil {
		b.Fatal(err)
	}
	records := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		records[i] = row.Cells
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := roster.Write(io.Discard, r.Header, records, roster.WriteOptions{FormulaSafe: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("Group %c%c number %d", 'A'+i%26, 'a'+i%17, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		roster.Nearest("Gruop Ba number 1234", names, 3)
	}
}
