package redisstore

import "github.com/zoomusers/zoomusers/jobs"

// keys makes the names of keys; see the package documentation.
type keys struct{ prefix string }

func (k keys) of(id, part string) string { return k.prefix + ":{" + id + "}:" + part }

func (k keys) job(id string) string    { return k.of(id, "job") }
func (k keys) audit(id string) string  { return k.of(id, "audit") }
func (k keys) rows(id string) string   { return k.of(id, "rows") }
func (k keys) meta(id string) string   { return k.of(id, "meta") }
func (k keys) people(id string) string { return k.of(id, "people") }
func (k keys) lease(id string) string  { return k.of(id, "lease") }

func (k keys) blob(id string, b jobs.Blob) string { return k.of(id, string(b)) }

func (k keys) all(id string) []string {
	return []string{
		k.job(id), k.audit(id), k.rows(id), k.meta(id), k.blob(id, jobs.BlobFile), k.blob(id, jobs.BlobPlan), k.blob(id, jobs.BlobExport),
		k.blob(id, jobs.BlobReplaced), k.people(id),
	}
}

func (k keys) index() string            { return k.prefix + ":jobs" }
func (k keys) engaged() string          { return k.prefix + ":engaged" }
func (k keys) open() string             { return k.prefix + ":open" }
func (k keys) claim(name string) string { return k.prefix + ":claim:" + name }
