using System.Collections.Immutable;
using System.CommandLine;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace AgentTeams.Cli;

/// <summary>The properties of an options record as options of a command.</summary>
internal sealed class OptionBinder
{
    private readonly Type _type;
    private readonly object _defaults;
    private readonly List<(PropertyInfo Property, Option Option, Func<ParseResult, object?> Read)> _bound = [];

    public OptionBinder(Type type)
    {
        (_type, _defaults) = (type, Activator.CreateInstance(type)!);
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanWrite && p.GetIndexParameters().Length == 0))
        {
            var (option, read) = ((Option, Func<ParseResult, object?>))typeof(OptionBinder).GetMethod(nameof(Make), BindingFlags.NonPublic | BindingFlags.Instance)!
                .MakeGenericMethod(property.PropertyType).Invoke(this, [property])!;
            _bound.Add((property, option, read));
        }
    }

    public void AddTo(Command command)
    {
        foreach (var (_, option, _) in _bound) command.Options.Add(option);
    }

    /// <summary>The name of a property's option: <c>--tasks-per-step</c> for <c>TasksPerStep</c>.</summary>
    public static string NameOf(string property) => "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(property);

    /// <summary>The options as the command line gives them.</summary>
    public object Bind(ParseResult parsed)
    {
        var options = Activator.CreateInstance(_type)!;
        foreach (var (property, _, read) in _bound) property.SetValue(options, read(parsed));
        return options;
    }

    /// <summary>The options as texts by the names of their options, as <c>program.json</c> and <c>run.json</c> have them.</summary>
    public ImmutableSortedDictionary<string, string> Texts(object options) => _bound
        .ToImmutableSortedDictionary(b => NameOf(b.Property.Name)[2..], b => Convert.ToString(b.Property.GetValue(options), CultureInfo.InvariantCulture) ?? "", StringComparer.Ordinal);

    /// <summary>The command line that gives these texts again.</summary>
    public IReadOnlyList<string> Arguments(IReadOnlyDictionary<string, string> texts) =>
        [.. _bound.SelectMany(b => texts.TryGetValue(NameOf(b.Property.Name)[2..], out var text) && text.Length > 0 ? new[] { NameOf(b.Property.Name), text } : [])];

    private (Option, Func<ParseResult, object?>) Make<T>(PropertyInfo property)
    {
        var option = new Option<T>(NameOf(property.Name))
        {
            Description = property.GetCustomAttribute<DescriptionAttribute>()?.Description,
            DefaultValueFactory = _ => (T)property.GetValue(_defaults)!,
        };
        var rules = property.GetCustomAttributes<ValidationAttribute>().ToList();
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed) option.CompletionSources.Add([.. allowed.Values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)!)]);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 0 || rules.Count == 0) return;
            T? value;
            try
            {
                value = result.GetValueOrDefault<T>();
            }
            catch (InvalidOperationException)
            {
                // What cannot be converted is told by the parser itself.
                return;
            }

            foreach (var rule in rules.Where(r => !r.IsValid(value))) result.AddError($"{option.Name} is {result.Tokens[0].Value}; give {Wanted(rule)}.");
        });
        return (option, parsed => parsed.GetValue(option));
    }

    private static string Wanted(ValidationAttribute rule) => rule switch
    {
        RangeAttribute { Maximum: int.MaxValue or double.MaxValue } range => string.Create(CultureInfo.InvariantCulture, $"at least {range.Minimum}"),
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
        AllowedValuesAttribute allowed => string.Join(", ", allowed.Values.SkipLast(1)) + $" or {allowed.Values[^1]}",
        _ => rule.FormatErrorMessage("another value"),
    };
}
