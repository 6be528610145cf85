namespace AgentTeams.Tests;

internal sealed record Reviews(string Topic = "", string Text = "", int Round = 0)
{
    public IReadOnlyList<string> Notes { get; init; } = [];

    public Reviews Note(string note) => this with { Notes = [.. Notes, note] };
}

internal static class Graphs
{
    /// <summary>Builds a workflow whose one top-level node, and all around it, the test declares.</summary>
    public static Workflow<Reviews> Build(Func<WorkflowBuilder<Reviews>, NodeHandle> only)
    {
        var wf = Workflow.CreateBuilder<Reviews>("reviews");
        wf.Start(only(wf));
        return wf.Build();
    }

    public static NodeHandle Note(this WorkflowBuilder<Reviews> wf, string name) => wf.AddFunction(name, s => s.Note(name));

    /// <summary>A node that waits until the test lets it go on.</summary>
    public static NodeHandle Gate(this WorkflowBuilder<Reviews> wf, string name, Task gate) => wf.AddFunction(name, async (_, token) =>
    {
        await gate.WaitAsync(token);
        return name;
    }, (s, note) => s.Note(note));
}
