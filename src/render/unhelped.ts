import Handlebars from 'handlebars';
import { helpers } from './helpers.ts';

const blocks = ['if', 'unless', 'each'];

/** What a template does that could let an unquoted value through, each with its line; empty for a safe template. */
export function findUnhelped(template: string): string[] {
  const finder = new UnhelpedFinder();
  finder.accept(Handlebars.parse(template));
  return finder.found;
}

class UnhelpedFinder extends Handlebars.Visitor {
  readonly found: string[] = [];

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    const { path, params, hash, escaped } = mustache;
    if (!escaped) this.report(mustache, 'a mustache that asks not to be escaped');
    if (!isNamed(path, Object.keys(helpers))) this.report(mustache, 'a mustache without a helper');
    if (params.length !== 1 || hash !== undefined) this.report(mustache, 'a helper takes one value');
    super.MustacheStatement(mustache);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    if (!isNamed(block.path, blocks)) this.report(block, `a block other than ${blocks.join(', ')}`);
    super.BlockStatement(block);
  }

  override Program(program: hbs.AST.Program): void {
    // `as |sh|` would make {{sh value}} a lookup that ignores the helper.
    if (program.blockParams?.length) this.report(program, 'block parameters');
    super.Program(program);
  }

  override SubExpression(expression: hbs.AST.SubExpression): void {
    this.report(expression, 'a nested expression');
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    this.report(partial, 'a partial');
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    this.report(partial, 'a partial');
  }

  override Decorator(decorator: hbs.AST.Decorator): void {
    this.report(decorator, 'a decorator');
  }

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    this.report(decorator, 'a decorator');
  }

  private report(node: hbs.AST.Node, what: string): void {
    this.found.push(`line ${node.loc?.start.line ?? 1}: ${what}`);
  }
}

function isNamed(path: hbs.AST.Node, names: readonly string[]): boolean {
  if (path.type !== 'PathExpression') return false;
  const { original, data, depth } = path as hbs.AST.PathExpression;
  return !data && depth === 0 && names.includes(original);
}
