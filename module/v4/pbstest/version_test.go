package pbstest_test

// openHosts are the adapters of Prebid Server v4.6.0 that send to any host that a request names, of those in callerHosts. The
// others take a part of a host only, and it can't end the host any more.
var openHosts = []string{"between", "zeroclickfraud"}
