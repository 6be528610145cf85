using LLama;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What llama.cpp reads of a template is what the model was trained with.</summary>
public sealed class GgufChatTemplateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams-gguf-").FullName;

    [LlamaCppFact]
    public void ExportGguf_TemplateOfAFolder_IsReadBackAsItStands()
    {
        const string Jinja = "{% for message in messages %}{{ '<|sep|>' ~ message['content'] }}{% endfor %}\n{# naïve 東京 #}{{ '<|answer|>' }}";
        using (var plain = RandomModels.Create(ModelFamily.Llama, _folder))
            plain.SavePretrained(_folder);
        Remove("agentteams_chat_template");
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), Jinja);
        using var model = CpuLanguageModel.Load("tiny", _folder);
        using var exported = Export(model);
        Assert.Equal(Jinja, exported.Weights.NativeHandle.GetTemplate(null, strict: true));
        Assert.Equal(Jinja, exported.Metadata["tokenizer.chat_template"]);
    }

    [LlamaCppFact]
    public void ExportGguf_ChatMl_RendersThereToTheSameIds()
    {
        using var model = RandomModels.Create(ModelFamily.Qwen2, _folder, template: new ChatMlTemplate());
        using var exported = Export(model);
        ChatMessage[] messages = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "12 apples,\n3 pears?"), new(ChatRole.Assistant, "15"), new(ChatRole.User, "  And 4 more?")];
        var theirs = new LLamaTemplate(exported.Weights) { AddAssistant = true };
        foreach (var message in messages) theirs.Add(message.Role.Value, message.Text);
        var prompt = System.Text.Encoding.UTF8.GetString(theirs.Apply());
        Assert.Equal(model.Template.Render(model.Tokenizer, messages), LlamaCpp.Encode(exported.Weights, prompt, parseSpecial: true));
    }

    [LlamaCppFact]
    public void ExportGguf_StopIds_EndAnAnswerThereToo()
    {
        using var model = RandomModels.Create(ModelFamily.Llama, _folder, c => c with { EndOfSequenceId = 2, AdditionalEndOfSequenceIds = [7] });
        using var exported = Export(model);
        var (vocabulary, ends) = (exported.Weights.Vocab, (int[])[2, 7, model.Tokenizer.GetId("<|end|>")]);
        Assert.Equal(2, (int)vocabulary.EOS!.Value);
        Assert.All(ends, id => Assert.True(((LLama.Native.LLamaToken)id).IsEndOfGeneration(vocabulary), $"{id}"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LlamaCpp Export(LocalLanguageModel model)
    {
        var path = Path.Combine(_folder, "model.gguf");
        model.ExportGguf(path);
        return new(path);
    }

    private void Remove(string setting)
    {
        var path = Path.Combine(_folder, "config.json");
        var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        config.Remove(setting);
        File.WriteAllText(path, config.ToJsonString());
    }
}
