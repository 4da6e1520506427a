package pbstest_test

// openHosts are the adapters of Prebid Server v3.30.0 that send to any host that a request names, of those in callerHosts.
var openHosts = []string{"adhese", "between", "kayzen", "rediads", "tradplus", "zeroclickfraud"}
