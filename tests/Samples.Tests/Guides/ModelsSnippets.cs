using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/models.md, as it stands there.</summary>
internal static class ModelsSnippets
{
    public static async Task AskAsync()
    {
        using var model = CpuLanguageModel.Load("tiny", "models/Qwen3-0.6B");
        var client = model.GetChatClient(model.Base);
        var reply = await client.GetResponseAsync("What is twice 21?", new ChatOptions { Temperature = 0.7f, MaxOutputTokens = 200, Seed = 1 });
        Console.WriteLine(reply.Text);
    }

    public static void StartFromNothing(IEnumerable<string> texts)
    {
        var options = LocalModelOptions.FromTexts("tiny", texts, new SeedKey(1), wholeWords: ["accept", "retry"]);
        using var small = CpuLanguageModel.Create(options);
        using var deeper = CpuLanguageModel.Create(options with { Id = "deeper", Config = options.Config with { Layers = 4 } });
    }

    public static void ChooseTemplate(string folder)
    {
        using var named = CpuLanguageModel.Load("a", folder, ChatTemplate.Named("chatml")); // minimal, chatml, qwen2.5, qwen3, llama3, llama3.1
        using var own = CpuLanguageModel.Load("b", folder, ChatTemplate.FromDelegate("mine",
            (messages, options) => string.Concat(messages.Select(m => $"[{m.Role.Value}] {m.Text}\n")) + "[assistant] ", "</s>"));
    }

    public static async Task<Basket?> AskForJsonAsync(IChatClient client)
    {
        var answer = await client.GetResponseAsync("Which fruit, and how many?", new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<Basket>() });
        var basket = JsonSerializer.Deserialize<Basket>(answer.Text, AIJsonUtilities.DefaultOptions);
        return basket;
    }

    public static async Task CallAsync(IChatClient client)
    {
        var twice = AIFunctionFactory.Create((int number) => 2 * number, "twice");
        var call = await client.GetResponseAsync("What is twice 21?", new ChatOptions { Tools = [twice], ToolMode = ChatToolMode.RequireAny, MaxOutputTokens = 100 });
        foreach (var c in call.Messages[0].Contents.OfType<FunctionCallContent>()) Console.WriteLine(await twice.InvokeAsync(new AIFunctionArguments(c.Arguments)));
    }

    public static async Task CountAsync(LocalLanguageModel model, IChatClient client)
    {
        var before = model.Statistics;
        await client.GetResponseAsync("Go on.");
        var after = model.Statistics;
        Console.WriteLine($"{after.GeneratedTokens - before.GeneratedTokens} sampled, {after.PrefilledTokens - before.PrefilledTokens} of {after.PromptTokens - before.PromptTokens} prompt tokens computed");
    }

    public static void SampleInFewerBits()
    {
        using var fast = CpuLanguageModel.Load("coder", "models/coder", options: new CpuModelOptions { SamplingWeights = WeightFormat.Q8 });
    }

    public static void Adapt(LocalLanguageModel model)
    {
        var coder = model.AddAdapter("coder", new SeedKey(1), new LoraOptions { Rank = 16, Alpha = 32 }); // changes nothing yet
        var critic = model.LoadAdapter("critic", "adapters/critic");                                      // PEFT layout
        var coderClient = model.GetChatClient(coder);
        model.SavePretrained("models/trained");                                                           // adapters below adapters/
    }

    public static async Task ExchangeAsync(LocalLanguageModel model)
    {
        var before = model.Publish(model.Base);                 // new calls are sampled with these weights, whatever training does
        var past = model.GetChatClient(model.Base, before);     // this client with them for as long as they are kept
        model.Unpublish(model.Base);                            // new calls are sampled with the weights as training leaves them, as at the beginning
        var number = await model.RestoreVersionAsync(model.Base, before); // training goes on from there
        model.DropVersion(model.Base, before);
        Console.WriteLine($"{past} {number}");
    }

    internal sealed record Basket(string Fruit, int Count);
}
