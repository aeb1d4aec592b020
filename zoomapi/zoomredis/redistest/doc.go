// Package redistest starts Redis servers for tests: [New] a redis-server as a process of its own, with which a test can do
// what happens to servers, and [Embedded] one inside the test's process, whose clock the test holds.
//
//	server := redistest.New(t, redistest.Options{AppendOnly: true})
//	rdb := server.Client(t)
//	...
//	server.Kill()                                  // as a crash does
//	if err := server.Start(t.Context()); err != nil { // with what its file has
//		t.Fatal(err)
//	}
//
// Every server belongs to one test and ends with it. It listens on a Unix socket in a directory of its own; so there is no
// port to be taken, and the tests of several packages may run at once.
//
// Where redis-server is not installed, [New] skips the test. With the environment variable ZOOMUSERS_TEST_STRICT set to 1,
// as in continuous integration, it fails it.
//
// Only test files import this package.
//
// # Decisions
//
// A server for each test, not one that all tests of a process share: it is there within some ten milliseconds, nobody has to
// end it after the last test, and a test that kills or empties its server disturbs no other.
package redistest
