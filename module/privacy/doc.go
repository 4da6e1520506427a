// Package privacy decides from the signals of a bid request whether raw UIDs may go out at all.
//
// Call [Policy.Closed] with the auction's request. Prebid Server itself leaves UID2 tokens in requests under every one of
// these signals, so whoever resolves them must look by himself.
//
// # Gates
//
// Each gate has a [Reason]. A request is held against all gates that are on, in this order:
//
//   - COPPA: regs.coppa is anything but 0.
//   - LMT: device.lmt is anything but 0. device.dnt is no gate: it is a wish of the browser that no law or
//     platform rule stands behind, and most senders set it without one.
//   - USPrivacy: the US privacy string (regs.us_privacy, or regs.ext.us_privacy of OpenRTB 2.5) says that the user opted
//     out of sale, or is none. "1---" says that the law doesn't apply.
//   - GPP: global privacy control is signalled (regs.ext.gpc, which Prebid Server makes of the header Sec-GPC), or a
//     section of the GPP string that applies opts out of sale, sharing or targeted advertising, signals global privacy
//     control, or is about a known child. Which sections apply is said by regs.gpp_sid alone; without it none does.
//     Sections 6 to 12 (US privacy, US national, California, Virginia, Colorado, Utah, Connecticut) can be read.
//   - GDPR: regs.gdpr (or regs.ext.gdpr) is 1, or GPP section 2 applies, and there is no TCF 2 string (user.consent,
//     user.ext.consent, or GPP section 2) that gives vendor 21 consent for the purposes 1, 2, 3, 4, 7 and 10: what a
//     UID2 or EUID operator wants to see before it makes a token.
//
// # In doubt
//
// A signal that is there and can't be read closes its gate, and so does a GPP section that applies and is missing or of
// a kind that isn't known here.
//
// # Concurrency
//
// A Policy is a value without state. For a request without signals Closed doesn't allocate.
package privacy
