namespace AgentTeams.Samples;

/// <summary>A run tells what happens as it happens, words of replies included, and a drawing follows it.</summary>
internal static class Events
{
    public static async Task RunAsync()
    {
        var wf = Workflow.CreateBuilder<Story>("story");
        var write = wf.AddRole(new() { Name = "writer" }, s => s.Title, (s, reply) => s with { Text = reply.Text });
        var check = wf.AddFunction("check", s => s with { IsLong = s.Text.Length > 20 });
        var shorten = wf.AddRole(new() { Name = "editor" }, s => s.Text, (s, reply) => s with { Text = reply.Text });
        wf.Start(write).Then(check);
        wf.Branch(check, b => b.When(s => s.IsLong, shorten).Otherwise(Workflow.End));
        wf.From(shorten);
        var workflow = wf.Build();

        var runtime = ScriptedModel.Team((role, text) => role == "writer" ? $"{text} slept all day" : "It slept");
        var progress = new WorkflowProgress();
        await foreach (var e in workflow.StreamAsync(new Story("A very old cat"), runtime, new() { StreamReplies = true }))
        {
            progress.Add(e);
            var line = e switch
            {
                ReplyDelta delta => $"  {delta.Role}: '{delta.Update.Text}'",
                NodeStarted started => $"{started.Name} began",
                NodeCompleted completed => $"{e.NodeId} ended{(completed.Branch is { } branch ? $", on to {branch}" : "")}",
                WorkflowCompleted<Story> done => done.State.Text,
                _ => null,
            };
            if (line is not null) Console.WriteLine(line);
            if (e is NodeStarted { Name: "editor" }) Console.WriteLine(workflow.ToMermaid(progress.Nodes));
        }
    }

    private sealed record Story(string Title, string Text = "", bool IsLong = false);
}
