// Package interop proves that uid2rtb and the official SDKs understand each other. It is tests only, behind a build tag, as
// they install the SDKs from their package registries:
//
//	go test -tags interop -count=1 ./interop
//
// That needs Python 3 with venv and pip, and a JDK of version 11 or later with Maven. What is installed goes to the user's
// cache directory; the versions are pinned in python/requirements.txt (uid2-client 2.9.0) and java/pom.xml
// (com.uid2:uid2-client 4.8.0), the newest that the registries serve. A tool that is missing fails the tests.
//
// The SDKs run in processes of their own, behind drivers of ours: python/driver.py and java/com/uid2/client/Driver.java.
// Nothing of the SDKs is copied.
//
// They talk to the local operator of package uid2test over HTTP, as their users' programs do, and exchange tokens with this
// module in both directions. Where they are known to differ from it, differences_test.go says how and why; any other
// difference fails, and so does a known one that no token shows any more.
//
// BenchmarkDecrypt has all of them decrypt the same tokens, and TestSidecarTable annotate the same bid requests, beside uid2 serve.
//
// TestVectors runs the test vectors of fixtures/vectors by the runners for Go, Python and Java, and holds docs/vectors.md to their tables.
//
// TestSidecarClients runs the clients of docs/sidecar.md, for which Node.js must be installed as well.
//
// Tokens, keys and circumstances are random and follow from a seed, which failures name: -interop.seed 7 is another one.
package interop
