using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Hedging;

namespace AgentTeams.Tests;

/// <summary>The code of docs/workflows.md, as it stands there.</summary>
internal static class WorkflowsSnippets
{
    public static async Task<Workflow<Article>> FirstAsync(IChatClient client)
    {
        var writer = new Role { Name = "writer", Instructions = "Write two sentences about the topic." };
        var wf = Workflow.CreateBuilder<Article>("article");
        var write = wf.AddRole(writer, s => s.Topic, (s, reply) => s with { Text = reply.Text });
        var count = wf.AddFunction("count", s => s with { Words = s.Text.Split(' ').Length });
        wf.Start(write).Then(count);
        var workflow = wf.Build();

        var result = await workflow.RunAsync(new Article("rain"), TeamRuntime.ForAll(client));
        Console.WriteLine($"{result.State.Words} words; calls: {string.Join(", ", result.Nodes.Select(n => n.Id))}");
        return workflow;
    }

    public static Workflow<Game> See(Role guesser)
    {
        var wf = Workflow.CreateBuilder<Game>("game");
        var guess = wf.AddRole(guesser, s => new { s.Hint, s.Tries }, seen => $"{seen.Hint} Tries so far: {seen.Tries}.", (s, reply) => s with { Guess = reply.Text },
            validate: (_, reply) => reply.Text.Length == 5 ? null : "Give a word of five letters.",
            options: new() { MaxAnswers = 2, TellRejections = true });
        wf.Start(guess);
        return wf.Build();
    }

    public static Workflow<Bill> Call(IBank bank, IRates rates)
    {
        var wf = Workflow.CreateBuilder<Bill>("bill");
        var pay = AIFunctionFactory.Create(async (string to, decimal amount, AIFunctionArguments arguments, CancellationToken token) =>
        {
            var call = ToolCallContext.Of(arguments);
            call?.Report("connecting", 0.1);
            return await bank.PayAsync(to, amount, call?.IdempotencyKey, token);
        }, "pay");
        var paid = wf.AddTool(pay, s => new { to = s.To, amount = s.Amount }, (s, receipt) => s with { Receipt = receipt.Text });

        var price = wf.AddFunction("price", s => s with { Price = s.Pages * 2 });
        var rate = wf.AddFunction("rate", async (s, token) => await rates.ReadAsync(s.Currency, token), (s, value) => s with { Rate = value });
        wf.Start(price).Then(rate).Then(paid);
        return wf.Build();
    }

    public static Workflow<Mail> Choose(Role classifier)
    {
        var wf = Workflow.CreateBuilder<Mail>("mail");
        var classify = wf.AddRole(classifier, s => s.Text, (s, reply) => s with { Kind = reply.Text });
        var (refund, answer, notify) = (wf.AddFunction("refund", s => s), wf.AddFunction("answer", s => s), wf.AddFunction("notify", s => s with { IsDone = true }));
        wf.Start(classify);
        wf.Branch(classify, b => b.When(s => s.Kind == "refund", refund).When(s => s.Kind == "question", answer).Otherwise(Workflow.End));
        wf.From(refund).Then(notify);
        wf.From(answer).Then(notify);
        return wf.Build();
    }

    public static Workflow<Essay> Repeat(Role author, Role critic)
    {
        var wf = Workflow.CreateBuilder<Essay>("essay");
        var draft = wf.AddRole(author, s => $"{s.Topic} {s.Critique}", (s, reply) => s with { Text = reply.Text });
        var judge = wf.AddRole(critic, s => s.Text, (s, reply) => s with { IsAccepted = reply.Text == "good", Critique = reply.Text });
        wf.From(draft).Then(judge);
        var polish = wf.AddLoop("polish", draft, until: s => s.IsAccepted, new() { MaxRounds = 4, OnLimit = LoopLimit.Fail });
        NodeHandle Read(string name) => wf.AddFunction(name, s => s with { Notes = s.Notes.Add(name) });
        var (facts, style, law) = (Read("facts"), Read("style"), Read("law"));
        var review = wf.AddParallel("review", p => p.Branch(facts).Branch(style).Branch(law, when: s => s.IsPublic).Join(Join.Taken));
        wf.Start(polish).Then(review);
        return wf.Build();
    }

    public static Workflow<Book> Summarise(Role reader)
    {
        var wf = Workflow.CreateBuilder<Book>("book");
        var page = Workflow.CreateBuilder<Page>("page");
        page.Start(page.AddRole(reader, s => s.Text, (s, reply) => s with { Summary = reply.Text }));
        var summarise = page.Build().Bind((string text) => new Page(text), s => s.Summary);

        var each = wf.AddMap("each", s => s.Pages, summarise, (s, all) => s with { Summaries = [.. all] }, new() { MaxConcurrency = 4, SkipFailed = true });
        var title = wf.AddWorkflow(summarise, s => string.Join('\n', s.Summaries), (s, text) => s with { Title = text });
        wf.Start(each).Then(title);
        return wf.Build();
    }

    public static async Task<Letter> AskAsync(TeamRuntime runtime, ICheckpointStore store)
    {
        var wf = Workflow.CreateBuilder<Letter>("letter");
        var approve = wf.AddHuman<Question, Verdict>("approve", s => new(s.Draft), (s, verdict) => s with { IsGranted = verdict.IsGranted });
        wf.Start(approve);
        var workflow = wf.Build();
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "letter-17" };

        var waiting = await workflow.RunAsync(new Letter("fly?"), runtime, options);
        foreach (var request in waiting.Requests) Console.WriteLine($"{request.Id}: {request.Read<Question>()?.Text} {request.AnswerSchema}");

        await workflow.AnswerAsync(store, "letter-17", "approve", new Verdict(true));
        var sent = await workflow.ResumeAsync(runtime, options);
        return sent.State;
    }

    public static Workflow<Article> Mend(Role writer)
    {
        var defaults = new NodeDefaults { Timeout = TimeSpan.FromMinutes(1), MaxCallRetries = 2 };
        var wf = Workflow.CreateBuilder<Article>("careful", defaults);
        var apologise = wf.AddFunction("apologise", s => s with { Text = $"Sorry: {s.Problem}" });
        var write = wf.AddRole(writer, s => s.Topic, (s, reply) => s with { Text = reply.Text },
            options: new() { MaxCallRetries = 5, OnError = new(apologise, (s, error) => s with { Problem = error.Message }) });
        wf.Start(write);
        wf.From(apologise);
        return wf.Build();
    }

    public static TeamRuntime Limit(IChatClient client)
    {
        var limit = new ResiliencePipelineBuilder<ChatResponse>()
            .AddConcurrencyLimiter(permitLimit: 8, queueLimit: 1000)
            .AddHedging(new HedgingStrategyOptions<ChatResponse> { Delay = TimeSpan.FromSeconds(5), MaxHedgedAttempts = 1 })
            .Build();
        var runtime = TeamRuntime.ForAll(client.WithPipeline(limit));
        return runtime;
    }

    public static async Task TellAsync(Workflow<Article> workflow, TeamRuntime runtime)
    {
        var progress = new WorkflowProgress();
        await foreach (var e in workflow.StreamAsync(new Article("rain"), runtime, new() { StreamReplies = true }))
        {
            progress.Add(e);
            if (e is ReplyDelta delta) Console.Write(delta.Update.Text);
            if (e is NodeStarted or NodeCompleted) File.WriteAllText("run.mmd", workflow.ToMermaid(progress.Nodes));
        }
    }

    public static WorkflowRunOptions Around(Func<ChatMessage, ChatMessage> Redact)
    {
        var redact = WorkflowMiddleware.OnModelCall((call, next, token) => next(call with { Messages = [.. call.Messages.Select(Redact)] }, token));
        var options = new WorkflowRunOptions
        {
            Middleware = [redact],
            Budget = new() { MaxModelCalls = 50, MaxToolCalls = 20, MaxCost = 0.50m, Prices = model => new(0.15m, 0.60m), MaxDuration = TimeSpan.FromMinutes(10) },
            RoleOptions = role => role.Options with { Temperature = 0 },
        };
        return options;
    }

    public static async Task<Article> KeepAsync(Workflow<Article> workflow, TeamRuntime runtime)
    {
        var store = new FileCheckpointStore("runs");
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "order-17" };
        var result = await workflow.RunAsync(new Article("rain"), runtime, options);
        return result.State;
    }

    public static async Task<Article> ForkAsync(Workflow<Article> workflow, TeamRuntime runtime, ICheckpointStore store)
    {
        var run = await workflow.ReadRunAsync(store, "order-17");
        var replayed = await workflow.ReplayAsync(run);
        var fork = await workflow.ForkAsync(run, "writer", s => s with { Text = "Rain is wet." });
        var forked = await workflow.ResumeAsync(fork, runtime);
        foreach (var difference in RunComparison.Of(run, forked.Run)) Console.WriteLine(difference);
        Assert.Equal("rain", replayed.State.Topic);
        return forked.State;
    }

    public static async Task<string> CodeAsync(Role planner, Role searcher, Role writer, TimeProvider clock, TeamRuntime runtime, WorkflowRunOptions options)
    {
        var research = Workflow.FromDelegate<string, string>("research", async (steps, question, _) =>
        {
            var plan = await steps.AskAsync(planner, question);
            var found = await steps.MapAsync(plan.Text.Split('\n'), async (branch, query) => (await branch.AskAsync(searcher, query)).Text, maxConcurrency: 4);
            var today = await steps.StepAsync("today", _ => new ValueTask<DateTimeOffset>(clock.GetUtcNow()));
            if (!await steps.RequestAsync<string, bool>("publish", plan.Text)) return "";
            return (await steps.AskAsync(writer, $"{today:d}: {string.Join('\n', found)}")).Text;
        });
        var report = await research.RunAsync("Why is the sky blue?", runtime, options);
        return report;
    }

    internal interface IBank
    {
        Task<string> PayAsync(string to, decimal amount, string? key, CancellationToken cancellationToken);
    }

    internal interface IRates
    {
        Task<decimal> ReadAsync(string currency, CancellationToken cancellationToken);
    }

    internal sealed record Article(string Topic, string Text = "", int Words = 0, string Problem = "");

    internal sealed record Game(string Hint, string Secret, int Tries = 0, string Guess = "");

    internal sealed record Bill(string To, decimal Amount, string Currency, int Pages = 0, int Price = 0, decimal Rate = 0, string Receipt = "");

    internal sealed record Mail(string Text, string Kind = "", bool IsDone = false);

    internal sealed record Essay(string Topic, string Text = "", string Critique = "", bool IsAccepted = false, bool IsPublic = false)
    {
        public ImmutableArray<string> Notes { get; init; } = [];
    }

    internal sealed record Page(string Text, string Summary = "");

    internal sealed record Book(ImmutableArray<string> Pages, string Title = "")
    {
        public ImmutableArray<string> Summaries { get; init; } = [];
    }

    internal sealed record Letter(string Draft, bool IsGranted = false);

    internal sealed record Question(string Text);

    internal sealed record Verdict(bool IsGranted);
}
