package main

// whole is the upper end of a share.
var whole = 1.0

// optOuts is about the stores of opt-outs, of modules, bidders and uid2 optout serve.
var optOuts = board{
	uid: "uid2-optouts", title: "UID2: a fleet of opt-out stores",
	description: "Who has opted out, how that reaches every node, and whether it is kept.",
	variables: []variable{
		{"job", "Job", "label_values(uid2_optout_users, job)"},
		{"instance", "Instance", `label_values(uid2_optout_users{job=~"$job"}, instance)`},
	},
	rows: []row{
		{"At a glance", []panel{
			{title: "Synced", description: "Share of the nodes that know who opted out. The others withhold all raw UIDs.", unit: share, stat: true, bad: &limit{1, true},
				queries: one(`avg(uid2_optout_synced{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Cut off", description: "Nodes that don't get what the rest of the fleet receives.", unit: number, stat: true, bad: &limit{value: 1},
				queries: one(`sum(uid2_optout_stream_unreachable{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Lag", description: "Opt-outs that the last node doesn't know yet.", unit: number, stat: true, bad: &limit{value: 1000},
				queries: one(`max(uid2_optout_lag_entries{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Users", description: "Users who have opted out, by the node that knows most.", unit: number, stat: true,
				queries: one(`max(uid2_optout_users{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Heartbeat", description: "Time since the service last began or ended a batch, at whichever node.", unit: seconds, stat: true, bad: &limit{value: 6 * 3600},
				queries: one(`time() - max(uid2_optout_receiver_heartbeat_timestamp_seconds{job=~"$job",instance=~"$instance"})`, "")},
			{title: "Not kept", description: "Opt-outs of the last hour that couldn't be kept; the service sends them again.", unit: number, stat: true, bad: &limit{value: 1},
				queries: one(`sum(increase(uid2_optout_record_failures_total{job=~"$job",instance=~"$instance"}[1h]))`, "")},
		}},
		{"The fleet", []panel{
			{title: "Users by node", description: "Users in each node's index. Lines that stay apart are nodes that don't know the same.", unit: number,
				queries: one(`uid2_optout_users{job=~"$job",instance=~"$instance"}`, "{{instance}}")},
			{title: "Lag by node", description: "Entries of the log, or of the fleet's stream, that a node doesn't know yet.", unit: number,
				queries: one(`uid2_optout_lag_entries{job=~"$job",instance=~"$instance"}`, "{{instance}}")},
			{title: "Nodes that are synced, and cut off", description: "Share of the nodes that know who opted out, and of those that don't get what others receive.", unit: share, max: &whole, queries: []query{
				{`avg(uid2_optout_synced{job=~"$job",instance=~"$instance"})`, "synced"},
				{`avg(uid2_optout_stream_unreachable{job=~"$job",instance=~"$instance"})`, "cut off"},
			}},
			{title: "The stream heals itself", description: "How often nodes found that the stream had lost opt-outs, opt-outs that they published again, and messages that are no opt-outs, in an hour.", unit: number, queries: []query{
				{`sum(increase(uid2_optout_stream_losses_total{job=~"$job",instance=~"$instance"}[1h]))`, "losses"},
				{`sum(increase(uid2_optout_stream_refilled_total{job=~"$job",instance=~"$instance"}[1h]))`, "published again"},
				{`sum(increase(uid2_optout_stream_foreign_messages_total{job=~"$job",instance=~"$instance"}[1h]))`, "no opt-outs"},
			}},
		}},
		{"What is received", []panel{
			{title: "Opt-outs", description: "Opt-outs kept, received again, and not kept.", unit: perSecond, queries: []query{
				{`sum(rate(uid2_optout_recorded_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "kept"},
				{`sum(rate(uid2_optout_repeated_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "repeated"},
				{`sum(rate(uid2_optout_record_failures_total{job=~"$job",instance=~"$instance"}[$__rate_interval]))`, "not kept"},
			}},
			{title: "Requests to receivers", description: "Requests to each node's receiver, from the service or anybody else.", unit: perSecond,
				queries: one(`rate(uid2_optout_receiver_requests_total{job=~"$job",instance=~"$instance"}[$__rate_interval])`, "{{instance}}")},
			{title: "Beginnings and ends of batches", description: "By these the service shows that it is there. None for hours: the feed doesn't reach you.", unit: number,
				queries: one(`sum(increase(uid2_optout_receiver_sentinels_total{job=~"$job",instance=~"$instance"}[1h]))`, "in an hour")},
			{title: "Refused and quarantined", description: "Requests of an hour without the right token, and with something that is no raw UID.", unit: number, queries: []query{
				{`sum(increase(uid2_optout_receiver_refused_total{job=~"$job",instance=~"$instance"}[1h]))`, "refused"},
				{`sum(increase(uid2_optout_receiver_quarantined_total{job=~"$job",instance=~"$instance"}[1h]))`, "quarantined"},
			}},
		}},
		{"Files", []panel{
			{title: "Commits of the log", description: "Time that commits take, each with its fsyncs: half of them at most, and 99 % of them.", unit: seconds, queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(uid2_optout_commit_duration_seconds_bucket{job=~"$job",instance=~"$instance"}[$__rate_interval])))`, "half"},
				{`histogram_quantile(0.99, sum by (le) (rate(uid2_optout_commit_duration_seconds_bucket{job=~"$job",instance=~"$instance"}[$__rate_interval])))`, "99 %"},
			}},
			{title: "Memory of the index", description: "Memory of each node's index of opted-out users.", unit: size,
				queries: one(`uid2_optout_index_bytes{job=~"$job",instance=~"$instance"}`, "{{instance}}")},
			{title: "Trouble with files", description: "Nodes whose log is damaged, replaced or open elsewhere, or whose snapshot failed. There must be none.", unit: number, queries: []query{
				{`sum(uid2_optout_log_damaged{job=~"$job",instance=~"$instance"})`, "damaged"},
				{`sum(uid2_optout_log_replaced{job=~"$job",instance=~"$instance"})`, "replaced"},
				{`sum(uid2_optout_log_locked{job=~"$job",instance=~"$instance"})`, "open elsewhere"},
				{`sum(uid2_optout_snapshot_failed{job=~"$job",instance=~"$instance"})`, "snapshot failed"},
			}},
			{title: "From the snapshot", description: "Users that each node's index took from its snapshot at the start; the others were read from the log.", unit: number,
				queries: one(`uid2_optout_snapshot_restored_users{job=~"$job",instance=~"$instance"}`, "{{instance}}")},
		}},
	},
}
