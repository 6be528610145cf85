using System.CommandLine;
using Spectre.Console;

namespace AgentTeams.Cli;

/// <summary>Looks into recorded runs.</summary>
internal static class TrajectoryCommands
{
    private const int Shown = 20;

    public static Command Create(CommandContext context)
    {
        var command = new Command("trajectories", "Lists, shows, finds and exports recorded runs of a team.");
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Show(context));
        command.Subcommands.Add(Query(context));
        command.Subcommands.Add(Export(context));
        return command;
    }

    private static Command List(CommandContext context)
    {
        var (store, filter, json) = (StoreArgument(), new QueryOptions(Shown), RunArguments.JsonOption());
        var list = filter.AddTo(new Command("list", $"A line for each; {Shown} unless --limit is given.") { store, json });
        list.SetAction((parsed, cancellationToken) => StoreFile.ReadAsync(parsed.GetValue(store)!, filter.Read(parsed), async found =>
        {
            var rows = await found.Select(Row.Of).ToListAsync(cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json)) context.WriteJson(rows);
            else context.Output.Console.Write(Table(rows));
            return TeamCommandLine.Done;
        }, cancellationToken));
        return list;
    }

    private static Command Show(CommandContext context)
    {
        var (store, id, json) = (StoreArgument(), new Argument<string>("id") { Description = "The id, or its beginning." }, RunArguments.JsonOption());
        var show = new Command("show", "One run with all that was said.") { store, id, json };
        show.SetAction((parsed, cancellationToken) => StoreFile.ReadAsync(parsed.GetValue(store)!, new(), async all =>
        {
            var found = await all.FirstOrDefaultAsync(t => t.Id.StartsWith(parsed.GetValue(id)!, StringComparison.Ordinal), cancellationToken).ConfigureAwait(false)
                ?? throw new AgentTeamsException($"There is no trajectory '{parsed.GetValue(id)}' in '{parsed.GetValue(store)}'. 'trajectories list' tells their ids.");
            await context.Output.Out.WriteLineAsync(parsed.GetValue(json) ? StoreFile.Line(found) : Drawn(found)).ConfigureAwait(false);
            return TeamCommandLine.Done;
        }, cancellationToken));
        return show;
    }

    private static Command Query(CommandContext context)
    {
        var (store, filter, count) = (StoreArgument(), new QueryOptions(null), new Option<bool>("--count") { Description = "Only how many." });
        var query = filter.AddTo(new Command("query", "Whole runs as JSON lines, for programs.") { store, count });
        query.SetAction((parsed, cancellationToken) => StoreFile.ReadAsync(parsed.GetValue(store)!, filter.Read(parsed), async found =>
        {
            var told = 0L;
            await foreach (var trajectory in found.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                told++;
                if (!parsed.GetValue(count)) await context.Output.Out.WriteLineAsync(StoreFile.Line(trajectory)).ConfigureAwait(false);
            }

            if (parsed.GetValue(count)) await context.Output.Out.WriteLineAsync(Figures.Whole(told)).ConfigureAwait(false);
            return TeamCommandLine.Done;
        }, cancellationToken));
        return query;
    }

    private static Command Export(CommandContext context)
    {
        var (store, filter) = (StoreArgument(), new QueryOptions(null));
        var format = new Option<string>("--format") { Description = "chat: supervised examples in chat format; csv: a row for each call; jsonl: whole runs.", DefaultValueFactory = _ => "chat" }.AcceptOnlyFromAmong("chat", "csv", "jsonl");
        var output = new Option<string>("--out") { Description = "The file.", Required = true };
        var export = filter.AddTo(new Command("export", "Writes runs in a form that other tools read.") { store, format, output });
        export.SetAction((parsed, cancellationToken) => StoreFile.ReadAsync(parsed.GetValue(store)!, filter.Read(parsed), async found =>
        {
            var (path, temporary) = (parsed.GetValue(output)!, parsed.GetValue(output)! + ".tmp");
            int written;
            var writer = new StreamWriter(temporary);
            await using (writer.ConfigureAwait(false))
            {
                written = parsed.GetValue(format) switch
                {
                    "csv" => await TrajectoryExport.WriteCsvAsync(found, writer, cancellationToken: cancellationToken).ConfigureAwait(false),
                    "jsonl" => await WriteLinesAsync(found, writer, cancellationToken).ConfigureAwait(false),
                    _ => await TrajectoryExport.WriteChatAsync(found, writer, cancellationToken: cancellationToken).ConfigureAwait(false),
                };
            }

            File.Move(temporary, path, overwrite: true);
            await context.Output.Out.WriteLineAsync($"{Figures.Whole(written)} lines in {path}").ConfigureAwait(false);
            return TeamCommandLine.Done;
        }, cancellationToken));
        return export;
    }

    private static async Task<int> WriteLinesAsync(IAsyncEnumerable<Trajectory> found, TextWriter writer, CancellationToken cancellationToken)
    {
        var written = 0;
        await foreach (var trajectory in found.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await writer.WriteLineAsync(StoreFile.Line(trajectory).AsMemory(), cancellationToken).ConfigureAwait(false);
            written++;
        }

        return written;
    }

    private static Argument<string> StoreArgument() => new("store") { Description = "The folder of a run, a trajectories.db or a trajectories.jsonl." };

    private static Table Table(IEnumerable<Row> rows)
    {
        var table = new Table().RoundedBorder().BorderColor(Color.Grey).AddColumn("id", c => c.NoWrap()).AddColumns("stage", "step", "task", "status", "reward", "outcome");
        foreach (var row in rows)
            table.AddRow(row.Id, Markup.Escape(row.Stage), Figures.Whole(row.Step), Markup.Escape(row.Task), row.Status.ToString(), Figures.Number(row.Reward), Markup.Escape(row.Outcome ?? ""));
        return table;
    }

    private static string Drawn(Trajectory run) => string.Join('\n', run.Nodes.Where(n => !n.Discarded && (n.Kind is NodeKind.Role or NodeKind.Tool or NodeKind.Human || n.Error is not null))
        .Select(n => $"[{n.Turn}] {n.Name}: {n.Error?.Message ?? (n.Text.Length > 0 ? n.Text : n.Result?.ToString() ?? "")}")
        .Prepend(run.ToString()).Concat(run.Rewards.Select(r => $"reward {r.Name} {Figures.Number(r.Value)}")));

    /// <summary>A run in a line.</summary>
    private sealed record Row(string Id, string Stage, int Step, string Task, TrajectoryStatus Status, double Reward, string? Outcome)
    {
        public static Row Of(Trajectory t) => new(t.Id, t.Key?.Stage ?? "", t.Key?.Step ?? 0, t.TaskId, t.Status, t.Rewards.Sum(r => r.Weight * r.Value), t.Outcome);
    }
}
