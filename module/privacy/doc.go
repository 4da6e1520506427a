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
//     section of a GPP string that applies opts out of sale, sharing or targeted advertising, signals global privacy
//     control, or is about a known child. Which sections apply is said by regs.gpp_sid and regs.ext.gpp_sid; without
//     them none does. Sections 6 to 12 (US privacy, US national, California, Virginia, Colorado, Utah, Connecticut) can
//     be read. An opt-out is open at 0 (not applicable) and 2 (did not opt out); a consent for a known child only at 0.
//   - GDPR: a TCF 2 string refuses, or GDPR applies and no TCF 2 string gives what is needed.
//
// # GDPR
//
// GDPR applies if regs.gdpr or regs.ext.gdpr is there and not 0, or if GPP section 2 applies. If neither regs.gdpr nor
// regs.ext.gdpr says anything, the policy's [Scope] decides. A regs.gdpr of 0 is the caller's word that GDPR doesn't
// apply, which Prebid Server takes as well. A gpp_sid without 2 is no such word here, unlike in Prebid Server.
//
// What is needed is what a UID2 or EUID operator wants to see before it makes a token: the purposes 1, 2, 3, 4, 7 and 10
// for vendor 21, each by consent (the purpose's and the vendor's) or by legitimate interest (the purpose's and the
// vendor's), but purpose 1 by consent alone. Publisher restrictions for vendor 21 are held against that: kind 0 takes a
// purpose away, kind 1 leaves it by consent alone, kind 2 by legitimate interest alone; kind 3, which has no meaning,
// takes it away.
//
// Consent strings are user.consent, user.ext.consent, and section 2 of regs.gpp and regs.ext.gpp, whether it is said to
// apply or not. Each counts:
//
//   - A string that begins with "C", the version of TCF 2 in base64, and doesn't give all of that refuses. That closes
//     the gate wherever GDPR applies or doesn't. One that is cut off, damaged or longer than 8192 characters refuses too: it
//     was made under TCF 2, and nobody can tell what the user said.
//   - An empty string isn't there.
//   - Anything else (TCF 1, a US privacy string, "1", "undefined") is no TCF 2 string. Where GDPR applies it closes the
//     gate. Where it doesn't, it says nothing of TCF, and there are publishers who put such things there for all of
//     their users; it is passed over. A GPP string that can't be read is treated in the same way.
//
// # In doubt
//
// A signal that is there and can't be read closes its gate, and so does a GPP section that applies and is missing or of
// a kind that isn't known here. Where OpenRTB 2.6 and an ext have a signal, each counts.
//
// An ext is read by its exact keys. A key that occurs twice or in another letter case than its own closes the gates that
// it could speak for, as does a value of another type; an ext that is no JSON object closes those of all its keys.
//
// # Concurrency
//
// A Policy doesn't change once it is made. Closed takes time linear in the request's signals, and allocates only for
// strings and lists that it finds in an ext.
package privacy
