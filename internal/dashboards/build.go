package main

import (
	"encoding/json"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// source is the variable that chooses the Prometheus.
var source = common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("$datasource")}

// json is the dashboard as Grafana of any version imports it.
func (b board) json() ([]byte, error) {
	//lint:ignore SA1019 Grafana below 12 knows only this form
	builder := dashboard.NewDashboardBuilder(b.title).Uid(b.uid).Description(b.description).Tags([]string{"uid2"}).
		Timezone("browser").Time("now-6h", "now").Refresh("1m").Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Prometheus").Type("prometheus"))
	for _, v := range b.variables {
		builder.WithVariable(v.build())
	}
	for _, r := range b.rows {
		builder.WithRow(dashboard.NewRowBuilder(r.title))
		for _, p := range r.panels {
			builder.WithPanel(p.build())
		}
	}
	built, err := builder.Build()
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(built, "", "  ")
	return append(text, '\n'), err
}

func (v variable) build() cog.Builder[dashboard.VariableModel] {
	return dashboard.NewQueryVariableBuilder(v.name).Label(v.label).Query(dashboard.StringOrMap{String: &v.query}).Datasource(source).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc).
		Multi(true).IncludeAll(true).AllValue(".*").
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

func (p panel) build() cog.Builder[dashboard.Panel] {
	if p.stat {
		return p.buildStat()
	}
	builder := timeseries.NewPanelBuilder().Title(p.title).Description(p.description).Unit(p.unit).Datasource(source).
		Height(8).Span(12).Min(0).FillOpacity(10).ShowPoints(common.VisibilityModeNever).
		Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeTable).Placement(common.LegendPlacementBottom).
			ShowLegend(true).Calcs([]string{"lastNotNull", "max"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	if p.max != nil {
		builder.Max(*p.max)
	}
	if p.stacked {
		builder.Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal)).FillOpacity(60)
	}
	for _, target := range p.targets() {
		builder.WithTarget(target)
	}
	return builder
}

func (p panel) buildStat() cog.Builder[dashboard.Panel] {
	builder := stat.NewPanelBuilder().Title(p.title).Description(p.description).Unit(p.unit).Datasource(source).
		Height(4).Span(4).GraphMode(common.BigValueGraphModeArea).ColorMode(common.BigValueColorModeValue).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		Thresholds(p.bad.thresholds())
	for _, target := range p.targets() {
		builder.WithTarget(target)
	}
	return builder
}

func (l *limit) thresholds() cog.Builder[dashboard.ThresholdsConfig] {
	steps := []dashboard.Threshold{{Color: "green"}}
	switch {
	case l == nil:
	case l.below:
		steps = []dashboard.Threshold{{Color: "red"}, {Color: "green", Value: &l.value}}
	default:
		steps = append(steps, dashboard.Threshold{Color: "red", Value: &l.value})
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

func (p panel) targets() (targets []*prometheus.DataqueryBuilder) {
	for i, q := range p.queries {
		targets = append(targets, prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).RefId(string(rune('A'+i))).
			Datasource(source).Range())
	}
	return targets
}
