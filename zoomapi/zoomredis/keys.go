package zoomredis

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/zoomusers/zoomusers/zoomapi"
)

// keys names what is kept. All keys of an account have one hash tag, so that a
// script may touch several of them in a cluster.
type keys struct{ base string }

// newKeys is for one account, whose id does not show.
func newKeys(prefix, accountID string) keys {
	if prefix == "" {
		prefix = defaultPrefix
	}
	sum := sha256.Sum256([]byte(accountID))
	return keys{base: prefix + ":{zoom:" + hex.EncodeToString(sum[:8]) + "}:"}
}

// line is the end of what is claimed of a class, as redis_rate keeps it.
func (k keys) line(class zoomapi.Class) string { return k.base + "line:" + string(class) }

// pace is a [zoomapi.Pace] in JSON.
func (k keys) pace(class zoomapi.Class) string { return k.base + "pace:" + string(class) }

// day is the count of a pool: a hash of day, used, total, limit and closed.
func (k keys) day(pool zoomapi.Class) string { return k.base + "day:" + string(pool) }

// token is the encrypted token of an app, lock the right to fetch it.
func (k keys) token(app string) string { return k.base + "token:" + app }
func (k keys) lock(app string) string  { return k.base + "token:" + app + ":lock" }
