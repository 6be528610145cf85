namespace AgentTeams.Samples;

/// <summary>A run waits for somebody's approval and holds no thread meanwhile. The first start of this program asks and ends; the second one answers.</summary>
internal static class Human
{
    public static async Task RunAsync()
    {
        var wf = Workflow.CreateBuilder<Order>("order");
        var draft = wf.AddRole(new() { Name = "buyer" }, s => s.Wish, (s, reply) => s with { Offer = reply.Text });
        var approve = wf.AddHuman<Question, Verdict>("approve", s => new(s.Offer),
            (s, verdict) => s with { Outcome = verdict.IsGranted ? "ordered" : verdict.Why });
        wf.Start(draft).Then(approve);
        var workflow = wf.Build();

        var store = new FileCheckpointStore(Path.Combine(Path.GetTempPath(), "agentteams-samples"));
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "human" };
        var runtime = ScriptedModel.Team((_, wish) =>
        {
            Console.WriteLine("the model is asked");
            return $"{wish} for 900";
        });
        var waited = await store.ListAsync().ContainsAsync("human");
        if (waited)
        {
            // In an application this stands where the answer comes in: an endpoint, a button, a message.
            var request = (await workflow.ReadRunAsync(store, "human")).Requests.Single();
            Console.WriteLine($"answering '{request.Id}': {request.Read<Question>()!.Text}");
            await workflow.AnswerAsync(store, "human", request.Id, new Verdict(true, ""));
        }

        var result = await workflow.RunAsync(new Order("a desk"), runtime, options);
        Console.WriteLine(result.IsCompleted ? result.State.ToString() : $"waits for '{result.Requests.Single().Id}'; start this again");
        if (result.IsCompleted) await store.DeleteAsync("human");
    }

    private sealed record Order(string Wish, string Offer = "", string Outcome = "");

    private sealed record Question(string Text);

    private sealed record Verdict(bool IsGranted, string Why);
}
