using Microsoft.Extensions.AI;

// What one test listens to is what its own runs tell.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace AgentTeams.Tests;

internal sealed record Draft(string Topic, string Text = "", string Facts = "", string Style = "", bool IsGranted = false);

internal sealed record Verdict(bool IsGranted);

/// <summary>The workflows of these tests.</summary>
internal static class Teams
{
    public const string Secret = "the secret topic";

    public static Role Writer { get; } = new() { Name = "writer", Instructions = "Write about it.", Options = new() { Temperature = 0.5f, MaxOutputTokens = 20 } };

    public static BoundWorkflow<Draft, string, string> Article(params AIFunction[] tools)
    {
        var wf = Workflow.CreateBuilder<Draft>("article");
        var write = wf.AddRole(Writer with { Tools = tools }, s => s.Topic, (s, reply) => s with { Text = reply.Text });
        wf.Start(write).Then(wf.AddFunction("trim", s => s with { Text = s.Text.Trim() }));
        return wf.Build().Bind((string topic) => new Draft(topic), s => s.Text);
    }

    public static Workflow<Draft> Review()
    {
        var wf = Workflow.CreateBuilder<Draft>("review");
        var facts = wf.AddRole(new() { Name = "facts" }, s => s.Topic, (s, reply) => s with { Facts = reply.Text });
        var style = wf.AddRole(new() { Name = "style" }, s => s.Topic, (s, reply) => s with { Style = reply.Text });
        wf.Start(wf.AddParallel("both", p => p.Branch(facts).Branch(style)));
        return wf.Build();
    }

    public static BoundWorkflow<Draft, string, string> Letter()
    {
        var wf = Workflow.CreateBuilder<Draft>("letter");
        var write = wf.AddRole(Writer, s => s.Topic, (s, reply) => s with { Text = reply.Text });
        var approve = wf.AddHuman<string, Verdict>("approve", s => s.Text, (s, verdict) => s with { IsGranted = verdict.IsGranted });
        wf.Start(write).Then(approve);
        return wf.Build().Bind((string topic) => new Draft(topic), s => $"{s.Text}: {s.IsGranted}");
    }
}

/// <summary>A scripted model that says what it is.</summary>
internal sealed class NamedClient(IChatClient inner) : DelegatingChatClient(inner)
{
    private readonly ChatClientMetadata _metadata = new("acme", new("https://models.example:8443/v1"), "small-1");

    public override object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : base.GetService(serviceType, serviceKey);
}
