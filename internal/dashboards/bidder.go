package main

// bidder is about modules for Prebid Server and bidders: each row begins with what is looked at
// first.
var bidder = board{
	uid: "uid2-bidder", title: "UID2: modules and bidders",
	description: "Tokens, raw UIDs, keys and opt-outs of Prebid Servers with the module, and of bidders.",
	variables: []variable{
		{"job", "Job", "label_values(uid2_decrypt_tokens_total, job)"},
		{"instance", "Instance", `label_values(uid2_decrypt_tokens_total{job=~"$job"}, instance)`},
		{"prebid", "Prebid Server's job", "label_values(modules_uid2_decrypt_called, job)"},
	},
	rows: []row{
		{"At a glance", []panel{
			{title: "Keys ready", description: "Whether every instance has an unexpired key of each scope.", unit: yesNo, stat: true, bad: &limit{1, true},
				queries: one(`min(uid2_keys_ready{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Opt-outs known", description: "Whether every instance has read its store of opt-outs; raw UIDs are withheld where it hasn't.", unit: yesNo, stat: true, bad: &limit{1, true},
				queries: one(`min(uid2_optout_synced{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Tokens", description: "Tokens decrypted.", unit: perSecond, stat: true,
				queries: one(`sum(rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "")},
			{title: "Usable", description: "Share of the tokens with the status Success.", unit: share, stat: true,
				queries: one(`sum(rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance",status="Success"}[$__rate_interval])) / sum(rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "")},
			{title: "Opted out", description: "Share of the tokens whose users have opted out.", unit: share, stat: true,
				queries: one(`sum(rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance",status="UserOptedOut"}[$__rate_interval])) / sum(rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "")},
			{title: "Panics", description: "Panics that the module recovered from in the last day. There must be none.", unit: number, stat: true, bad: &limit{value: 1},
				queries: one(`sum(increase(uid2_decrypt_panics_total{job=~"$job",instance=~"$instance"}[1d]))`, "")},
		}},
		{"Tokens", []panel{
			{title: "Tokens by status", description: "Tokens decrypted, by what became of them.", unit: perSecond, stacked: true,
				queries: one(`sum by (status) (rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance"}[$__rate_interval])) > 0`, "{{status}}")},
			{title: "Shares of tokens that aren't usable", description: "A share that rises points at a sender if the tokens are malformed, at the keys if they aren't authorized.", unit: share,
				queries: one(`sum by (status) (rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance",status!="Success"}[$__rate_interval])) / ignoring (status) group_left () sum(rate(uid2_decrypt_tokens_total{job=~"$job",instance=~"$instance"}[$__rate_interval])) > 0`, "{{status}}")},
			{title: "What bidders get", description: "Annotations, raw UIDs and removed uids in requests of listed bidders. Of modules only.", unit: perSecond, queries: []query{
				{`sum(rate(uid2_decrypt_annotations_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "annotations"},
				{`sum(rate(uid2_decrypt_raw_uids_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "raw UIDs"},
				{`sum(rate(uid2_decrypt_uids_removed_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "uids removed"},
			}},
			{title: "Auctions that privacy gates withheld", description: "Auctions in which no bidder gets a raw UID, by the gate that closed. Of modules only.", unit: perSecond,
				queries: one(`sum by (reason) (rate(uid2_decrypt_withheld_auctions_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "{{reason}}")},
			{title: "Taken out", description: "Raw UIDs redacted from auction responses, and bidder requests whose eids were removed because they couldn't be read safely. Of modules only.", unit: perSecond, queries: []query{
				{`sum(rate(uid2_decrypt_redactions_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "redactions"},
				{`sum(rate(uid2_decrypt_unreadable_requests_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "unreadable requests"},
			}},
			{title: "Opted-out users", description: "Users in each instance's index. Instances of one fleet have the same number.", unit: number,
				queries: one(`uid2_optout_users{job=~"$job",instance=~"$instance"}`, "{{instance}}")},
		}},
		{"Keys and operator", []panel{
			{title: "Age of keys", description: "Time since the last refresh that succeeded. It saws between 0 and refresh_interval.", unit: seconds,
				queries: one(`time() - uid2_keys_last_refresh_timestamp_seconds{job=~"$job",instance=~"$instance"}`, "{{instance}} {{scope}}")},
			{title: "Keys held", description: "Keys of each instance.", unit: number,
				queries: one(`uid2_keys{job=~"$job",instance=~"$instance"}`, "{{instance}} {{scope}}")},
			{title: "Refreshes", description: "Refreshes of keys in an hour. A failure is no answer, rejected is an answer worse than what is held.", unit: number,
				queries: one(`sum by (scope, outcome) (increase(uid2_key_refreshes_total{job=~"$job",instance=~"$instance"}[1h]))`, "{{scope}} {{outcome}}")},
			{title: "Calls of the operator", description: "Calls in an hour, attempts beyond them, and calls that failed.", unit: number, queries: []query{
				{`sum by (scope) (increase(uid2_operator_calls_total{job=~"$job",instance=~"$instance"}[1h]))`, "{{scope}} calls"},
				{`sum by (scope) (increase(uid2_operator_attempts_total{job=~"$job",instance=~"$instance"}[1h])) - sum by (scope) (increase(uid2_operator_calls_total{job=~"$job",instance=~"$instance"}[1h]))`, "{{scope}} retries"},
				{`sum by (scope) (increase(uid2_operator_failures_total{job=~"$job",instance=~"$instance"}[1h]))`, "{{scope}} failures"},
			}},
			{title: "Difference of clocks", description: "How far the operator's clock and the instance's are from each other. Beyond a minute or two calls fail.", unit: seconds,
				queries: one(`abs(uid2_operator_clock_offset_seconds{job=~"$job",instance=~"$instance"})`, "{{instance}} {{scope}}")},
			{title: "Asking about opt-outs", description: "What asking the operator about raw UIDs does, where opt_outs.poll is on.", unit: perSecond, queries: []query{
				{`sum(rate(uid2_optout_poll_checked_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "answered"},
				{`sum(rate(uid2_optout_poll_opted_out_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "opted out"},
				{`sum(rate(uid2_optout_poll_dropped_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "dropped"},
				{`sum(rate(uid2_optout_poll_failures_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "failed batches"},
			}},
		}},
		{"Prebid Server's own figures of the module (without a namespace)", []panel{
			{title: "Hooks", description: "Calls of the module's hooks, by stage.", unit: perSecond,
				queries: one(`sum by (stage) (rate(modules_uid2_decrypt_called{job=~"$prebid"}[$__rate_interval]))`, "{{stage}}")},
			{title: "Late hooks", description: "Share of the hooks that didn't answer within their group's timeout: their work is lost.", unit: share,
				queries: one(`sum by (stage) (rate(modules_uid2_decrypt_timeouts{job=~"$prebid"}[$__rate_interval])) / sum by (stage) (rate(modules_uid2_decrypt_called{job=~"$prebid"}[$__rate_interval]))`, "{{stage}}")},
			{title: "Average time of a hook", description: "Average time that a hook takes, by stage. Prebid Server's buckets begin at 50 ms, so its quantiles say nothing here.", unit: seconds,
				queries: one(`sum by (stage) (rate(modules_uid2_decrypt_duration_sum{job=~"$prebid"}[$__rate_interval])) / sum by (stage) (rate(modules_uid2_decrypt_duration_count{job=~"$prebid"}[$__rate_interval]))`, "{{stage}}")},
			{title: "How hooks end", description: "Hooks that changed something, changed nothing, or failed.", unit: perSecond, queries: []query{
				{`sum(rate(modules_uid2_decrypt_success_updates{job=~"$prebid"}[$__rate_interval]))`, "changed something"},
				{`sum(rate(modules_uid2_decrypt_success_noops{job=~"$prebid"}[$__rate_interval]))`, "changed nothing"},
				{`sum(rate(modules_uid2_decrypt_failed{job=~"$prebid"}[$__rate_interval])) + sum(rate(modules_uid2_decrypt_execution_errors{job=~"$prebid"}[$__rate_interval]))`, "failed"},
			}},
		}},
	},
}
