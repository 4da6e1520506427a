// Package interop proves that uid2rtb and the official SDKs understand each other. It is tests only, behind a build tag, as
// they install the SDKs from their package registries:
//
//	go test -tags interop -count=1 ./interop
//
// That needs Python 3 with venv and pip, and a JDK of version 11 or later with Maven. What is installed goes to the user's
// cache directory; the versions are pinned in python/requirements.txt and java/pom.xml. A tool that is missing fails the
// tests.
//
// The SDKs run in processes of their own, behind drivers of ours: python/driver.py and java/com/uid2/client/Driver.java.
// They talk to the local operator of package uid2test over HTTP, as their users' programs do, and exchange tokens with this
// module in both directions. Where they are known to differ from it, differences_test.go says how and why; any other
// difference fails.
package interop
