using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>What a graph is to be designed for.</summary>
public sealed record GraphBrief
{
    /// <summary>What the team is for, in words; examples of tasks help.</summary>
    public required string Purpose { get; init; }

    /// <summary>The tools that nodes and roles may use; none by default.</summary>
    public IReadOnlyList<AIFunction> Tools { get; init; } = [];

    /// <summary>A graph to be changed; null, the default, for a new one.</summary>
    public GraphDefinition? Current { get; init; }

    /// <summary>What is known of the current graph, for example where its runs failed; empty by default.</summary>
    public string Feedback { get; init; } = "";
}

/// <summary>
/// A role that designs graphs. What it writes is read, checked and built; what does not hold together is refused with line and column, recorded, and asked again, so that only graphs which run come out.
/// </summary>
public sealed class GraphDesigner
{
    private readonly TeamRuntime _runtime;

    /// <summary>Creates a designer.</summary>
    /// <param name="client">Its model.</param>
    public GraphDesigner(IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _runtime = TeamRuntime.ForAll(client);
    }

    /// <summary>The role, whose instructions show the form of a graph.</summary>
    public Role Role { get; init; } = new() { Name = "designer", Instructions = $"You design teams of language models. Answer with one graph in YAML of this form, and nothing else:\n\n{GraphExample.Yaml}" };

    /// <summary>How many answers it may give until one is a graph that can be built.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int MaxAnswers { get; init; } = 3;

    /// <summary>Designs a graph.</summary>
    /// <param name="brief">What for.</param>
    /// <param name="seed">The key of the draws; null for the default.</param>
    /// <param name="cancellationToken">Ends the design.</param>
    /// <exception cref="AgentTeamsException">No answer was a graph that can be built.</exception>
    public async Task<GraphDesign> DesignAsync(GraphBrief brief, SeedKey? seed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(brief);
        var wf = Workflow.CreateBuilder<Design>("design");
        wf.Start(wf.AddRole(Role, s => s.Question, (s, reply) => s with { Yaml = YamlOf(reply.Text) }, (_, reply) => ProblemWith(YamlOf(reply.Text), brief.Tools), new() { MaxAnswers = MaxAnswers, TellRejections = true }));
        var run = await wf.Build().RecordAsync(new Design(QuestionOf(brief)), _runtime, new() { Seed = seed ?? new(0) }, new() { Outcome = s => s.Yaml }, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (run.Error is { } error) throw new AgentTeamsException($"The designer gave no graph that can be built: {error.Message}", error);
        return new(GraphDefinition.Read(run.State!.Yaml), run.Trajectory);
    }

    private static string QuestionOf(GraphBrief brief)
    {
        var question = new StringBuilder(brief.Purpose).Append("\n\nTools: ").Append(brief.Tools.Count == 0 ? "none" : "");
        foreach (var tool in brief.Tools) question.Append($"\n- {tool.Name}: {tool.Description} Arguments: {tool.JsonSchema}");
        if (brief.Current is { } current) question.Append($"\n\nThe graph as it is:\n{current.ToYaml()}");
        if (brief.Feedback.Length > 0) question.Append($"\n\nWhat is known of it: {brief.Feedback}");
        return question.ToString();
    }

    private static string? ProblemWith(string yaml, IReadOnlyList<AIFunction> tools)
    {
        try
        {
            _ = GraphDefinition.Read(yaml).ToWorkflow(tools);
            return null;
        }
        catch (AgentTeamsException e)
        {
            return e.Message;
        }
    }

    private static string YamlOf(string reply) => FencedText.Of(reply) ?? reply;

    private sealed record Design(string Question, string Yaml = "");
}

/// <summary>A graph that was designed, and the designer's run, which may be stored and learned from.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Run">The run.</param>
public sealed record GraphDesign(GraphDefinition Graph, Trajectory Run);
